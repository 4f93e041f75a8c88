import { freePort } from './free-port.ts';
import { KafkaServer } from './kafka.ts';

const NODES = [1, 2, 3];

/** Everything is on all nodes, two of which must have it before it counts; who should lead does so within a second or two of its return. */
const replicated = {
  'default.replication.factor': '3',
  'min.insync.replicas': '2',
  'offsets.topic.replication.factor': '3',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
  'leader.imbalance.check.interval.seconds': '1',
  'leader.imbalance.per.broker.percentage': '0',
};

/** Three nodes with replicated topics. The first is the address that clients begin with. */
export class KafkaCluster implements AsyncDisposable {
  readonly nodes: readonly KafkaServer[];

  private constructor(nodes: readonly KafkaServer[]) {
    this.nodes = nodes;
  }

  static async start(): Promise<KafkaCluster> {
    const controllerPorts = await Promise.all(NODES.map(() => freePort()));
    await using starting = new AsyncDisposableStack();
    const nodes: KafkaServer[] = [];
    for (const id of NODES) {
      const node = await KafkaServer.prepare({ node: { id, controllerPorts }, properties: replicated });
      nodes.push(starting.use(node));
    }
    await Promise.all(nodes.map((node) => node.restart()));
    await nodes[0]!.coordinates();
    starting.move();
    return new KafkaCluster(nodes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node[Symbol.asyncDispose]()));
  }
}
