import type { Logger } from '#trigger';
import { logLevel, type LogEntry, type logCreator } from 'kafkajs';

/** The library's log as lines of ours. What goes wrong for good comes back as an error besides, so nothing here is more than a warning. */
export function clientLog(log: Logger): { readonly logLevel: logLevel; readonly logCreator: logCreator } {
  return {
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => write(log, entry),
  };
}

function write(log: Logger, { namespace, level, log: line }: LogEntry): void {
  const { message, timestamp: _, logger: __, stack: ___, ...about } = line;
  const entry = { ...about, client: namespace };
  if (level <= logLevel.ERROR && !isAnswer(message)) log.warn(entry, `Kafka client: ${message}`);
  else log.debug(entry, `Kafka client: ${message}`);
}

/** A broker said no: whoever asked knows it, and most ask again. With transactions it is said many times a second: the last is still ending. */
function isAnswer(message: string): boolean {
  return message.startsWith('Response ');
}
