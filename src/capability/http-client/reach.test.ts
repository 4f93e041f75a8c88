import assert from 'node:assert/strict';
import { test } from 'node:test';
import { originOf } from '../../http-origin.ts';
import { isPublicAddress } from './public-address.ts';
import { Reach } from './reach.ts';

test('isPublicAddress knows this machine, its network and what only looks like the internet', () => {
  const special = `
    0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.31.0.1 192.168.1.1 192.0.2.1 198.18.0.1 224.0.0.1
    255.255.255.255 :: ::1 fe80::1 fe80::1%lo fd00::1 ff02::1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:10.0.0.1
    ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::10.0.0.1 64:ff9b:1::1 2002:7f00:1:: 2001::1 2001:db8::1 3fff::1 fec0::1 100::1 name`;
  for (const address of special.split(/\s+/)) assert.equal(isPublicAddress(address), false, address);
  const open = '1.1.1.1 172.32.0.1 100.128.0.1 2606:4700::1111 ::ffff:1.1.1.1 64:ff9b::1.1.1.1 2a00::1';
  for (const address of open.split(' ')) assert.equal(isPublicAddress(address), true, address);
});

test('Reach lets a name lead to a private address only if that is named itself, or the name can be no public one', () => {
  const leadsTo = (entries: readonly string[], authority: string, address: string): boolean => {
    const origin = originOf('http', authority);
    assert.ok(origin !== undefined);
    return new Reach(entries).allows(origin) && new Reach(entries).allowsAddress(origin, address);
  };
  assert.ok(leadsTo(['http://api.example.com'], 'api.example.com', '1.1.1.1'));
  for (const address of ['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1'])
    assert.ok(!leadsTo(['http://api.example.com'], 'api.example.com', address), address);
  assert.ok(leadsTo(['http://api.example.com', 'http://10.0.0.1'], 'api.example.com', '10.0.0.1'));
  assert.ok(!leadsTo(['http://api.example.com', 'http://10.0.0.1:8080'], 'api.example.com', '10.0.0.1'));
  assert.ok(!leadsTo(['http://api.example.com', 'http://10.0.0.1'], 'api.example.com', '10.0.0.2'));
  for (const name of ['localhost', 'inventory', 'db.internal', 'inventory.default.svc.cluster.local'])
    assert.ok(leadsTo([`http://${name}`], name, '10.0.0.1'), name);
  assert.ok(!leadsTo(['http://*.cluster.local'], 'inventory.cluster.local', '10.0.0.1'));
  assert.ok(!leadsTo(['http://*.example.com'], 'a.example.com', '127.0.0.1'));
});
