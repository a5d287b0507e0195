import { EventEmitter, once } from 'node:events';
import type { Handler } from '../../src/pools/stage.js';

/** Tells `begun`, and is told `go on`, where a stage of this module is opened in the test's own thread. */
export const gate = new EventEmitter();
/** What was opened, and let go of. */
export const counts = { opened: 0, disposed: 0 };

export async function open(): Promise<Handler> {
  const goesOn = once(gate, 'go on');
  gate.emit('begun');
  await goesOn;
  counts.opened++;
  return {
    handle: (value) => ({ value }),
    dispose: () => {
      counts.disposed++;
    },
  };
}
