import assert from 'node:assert/strict';
import type { Component } from '../../src/component/component.ts';
import { type CoreObserver, GlueBoundary } from '../../src/component/glue/glue-boundary.ts';
import { contractNamed } from '../../src/contract/contracts.ts';
import type { TriggerEvent } from '../../src/event.ts';
import { endingOf } from '../../src/pool/guest/endings.ts';
import type { FirstState } from '../../src/pool/guest/first-state.ts';
import { type Glue, Instance, Occupancy } from '../../src/pool/guest/instance.ts';
import { outputBytes } from '../../src/outcome.ts';
import { Arrival, Run } from '../../src/pool/guest/run.ts';
import { EventBatch, EventBatchWriter } from '../../src/pool/wire/event-batch.ts';
import type { Ending } from '../../src/pool/wire/outcome-batch.ts';

export interface LoneEvent {
  readonly event: TriggerEvent;
  readonly attempt: number;
}

/** Events as they come to a thread. */
export function packed(events: readonly LoneEvent[]): EventBatch {
  const writer = new EventBatchWriter(new ArrayBuffer(4096), events.length);
  for (const [n, { event, attempt }] of events.entries()) {
    writer.add({ event, attempt, extraHeaders: [] }, { number: n + 1, timeoutMs: 1000, alone: false });
  }
  return new EventBatch(writer.finish(0));
}

/** One instance in this thread, whose memory can be looked at. */
export class LoneInstance {
  readonly memories: WebAssembly.Memory[] = [];
  readonly globals: WebAssembly.Global[] = [];
  readonly #instance: Instance;
  readonly #mostBytes: number;

  /** `state`: notes what it begins as. */
  constructor(
    component: Component,
    glue: Glue,
    imports: Record<string, object>,
    mostBytes: number,
    state?: FirstState,
  ) {
    const observer: CoreObserver = {
      given: (imports) => state?.given(imports) ?? imports,
      made: (core) => {
        state?.made(core);
        this.#note(core);
      },
    };
    const contract = contractNamed(component.contract);
    const boundary = new GlueBoundary(2 ** 26, observer);
    const noHosts = (): never => assert.fail('no capability is used');
    this.#instance = new Instance(glue, component, imports, contract, noHosts, new Occupancy(), boundary, mostBytes);
    this.#mostBytes = mostBytes;
  }

  #note({ exports }: WebAssembly.Instance): void {
    for (const value of Object.values(exports)) {
      if (value instanceof WebAssembly.Memory) this.memories.push(value);
      if (value instanceof WebAssembly.Global) this.globals.push(value);
    }
  }

  /** What becomes of each event; one ending when the call fails as a whole. */
  call(batch: EventBatch): readonly Ending[] {
    try {
      const answers = this.#instance.call(new Run(new Arrival(batch), 0, batch.count));
      if (answers instanceof Promise) throw new TypeError('a component that suspends is not for this');
      return this.#endings(answers);
    } catch (thrown) {
      return [endingOf(thrown, this.#instance)];
    }
  }

  /** The same of a component that may suspend. */
  async callLater(batch: EventBatch): Promise<readonly Ending[]> {
    try {
      return this.#endings(await this.#instance.call(new Run(new Arrival(batch), 0, batch.count)));
    } catch (thrown) {
      return [endingOf(thrown, this.#instance)];
    }
  }

  #endings(answers: Ending | readonly Ending[]): Ending[] {
    return (Array.isArray(answers) ? answers : [answers]).map((answer: Ending) => this.#weighed(answer));
  }

  #weighed(answer: Ending): Ending {
    if (answer.kind !== 'completed' || outputBytes(answer.messages) <= this.#mostBytes) return answer;
    return { kind: 'trapped', cause: 'output-too-large', reason: 'too large' };
  }
}
