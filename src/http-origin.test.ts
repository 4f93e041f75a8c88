import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allowedOrigin, covers, originOf, originText } from './http-origin.ts';

const spelled = (authority: string): string | undefined => {
  const origin = originOf('http', authority);
  return origin && originText(origin);
};

test('originOf gives every spelling of a host the same form', () => {
  for (const address of ['127.0.0.1', '2130706433', '0x7f000001', '0177.0.0.1', '127.1', '127.0.0.1.', '１２７.0.0.1'])
    assert.equal(spelled(address), 'http://127.0.0.1', address);
  for (const address of ['[::1]', '[0:0:0:0:0:0:0:1]', '[0::0001]']) assert.equal(spelled(address), 'http://[::1]');
  assert.equal(spelled('[::ffff:127.0.0.1]'), 'http://[::ffff:7f00:1]');
  for (const name of ['API.example.com', 'api.example.com.', 'api。example.com', 'api.example.com:80'])
    assert.equal(spelled(name), 'http://api.example.com', name);
  assert.equal(spelled('bücher.example:8080'), 'http://xn--bcher-kva.example:8080');
});

test('originOf takes nothing that holds more than a host and a port', () => {
  const plain = `:80 me@api.example.com me:pw@api.example.com a/b a?b a#b a\\b a%2eb a..b a.b.. . a: a:0 a:65536 a:8o a:80:80 [::1 ::1
    [::1%lo] [fe80::1%25lo] 1.2.3.4.5 256.256.256.256 a,b<c [::1].example.com`;
  const wrong = [...plain.split(/\s+/), '', 'a b', 'a\tb', 'a\nb', 'a\0b', `${'a.'.repeat(200)}b`];
  for (const authority of wrong) assert.equal(spelled(authority), undefined, JSON.stringify(authority));
});

test('allowedOrigin reads origins and names below one, and nothing else', () => {
  const wrong = `* https://* https://*.com https://a.*.com https://*api.example.com http://*.127.0.0.1 *.example.com
    ftp://api.example.com https://api.example.com/v1 https://me@api.example.com https://api.example.com?x`.split(/\s+/);
  for (const text of [...wrong, '']) assert.equal(allowedOrigin(text), undefined, text);
  const right = {
    'HTTPS://API.example.com:443/': 'https://api.example.com',
    'http://*.Example.com:80': 'http://*.example.com',
  };
  for (const [text, canonical] of Object.entries(right)) {
    const allowed = allowedOrigin(text);
    assert.ok(allowed !== undefined, text);
    assert.equal(originText(allowed, allowed.wildcard), canonical);
  }
});

test('covers compares scheme, host and port, and a wildcard means one label or more', () => {
  const isCovered = (entry: string, scheme: 'http' | 'https', authority: string): boolean => {
    const [allowed, origin] = [allowedOrigin(entry), originOf(scheme, authority)];
    assert.ok(allowed !== undefined && origin !== undefined);
    return covers(allowed, origin);
  };
  assert.ok(isCovered('https://api.example.com', 'https', 'Api.Example.com.:443'));
  assert.ok(!isCovered('https://api.example.com', 'http', 'api.example.com:443'));
  assert.ok(!isCovered('https://api.example.com', 'https', 'api.example.com:8443'));
  assert.ok(!isCovered('https://api.example.com', 'https', 'v1.api.example.com'));
  for (const name of ['a.example.com', 'a.b.example.com']) assert.ok(isCovered('https://*.example.com', 'https', name));
  for (const name of ['example.com', 'badexample.com', 'example.com.evil.net'])
    assert.ok(!isCovered('https://*.example.com', 'https', name), name);
});
