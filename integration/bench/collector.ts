import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort } from 'node:worker_threads';

// An OTLP endpoint in a thread of its own that takes everything and keeps nothing; posts its address.
const server = createServer((request, response) => {
  request.resume().on('end', () => response.end());
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo; // it listens on a port
  parentPort?.postMessage(`http://127.0.0.1:${port}`);
});
