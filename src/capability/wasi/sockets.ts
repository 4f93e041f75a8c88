import { HostResource, NeverMade } from '../host-resource.ts';
import { type Interfaces, WitError } from '../capability.ts';

/** A network resource exists, but nothing can be reached through it. */
class Network extends HostResource {}

/** No component gets sockets: outbound traffic goes through interfaces that name their destination. */
export const sockets: Interfaces = {
  'wasi:sockets/network': () => ({ Network, networkErrorCode: () => undefined }),
  'wasi:sockets/instance-network': (host) => ({ instanceNetwork: () => new Network(host) }),
  'wasi:sockets/ip-name-lookup': () => ({ ResolveAddressStream: NeverMade, resolveAddresses: deny }),
  'wasi:sockets/tcp': () => ({ TcpSocket: NeverMade }),
  'wasi:sockets/tcp-create-socket': () => ({ createTcpSocket: deny }),
  'wasi:sockets/udp': () => ({
    UdpSocket: NeverMade,
    IncomingDatagramStream: NeverMade,
    OutgoingDatagramStream: NeverMade,
  }),
  'wasi:sockets/udp-create-socket': () => ({ createUdpSocket: deny }),
};

function deny(): never {
  throw new WitError('access-denied');
}
