import type { Command } from 'commander';
import { errorCatalogue, exitCodes } from '../../error-catalogue.ts';
import { type ErrorCode, SluiceError } from '../../errors.ts';
import { nearestName } from '../../manifest/nearest-name.ts';
import { jsonText } from '../../printable.ts';
import type { Io } from '../io.ts';
import { globalsOf } from '../program.ts';

export function registerExplain(program: Command, io: Io): void {
  program
    .command('explain')
    .argument('[code]', 'such as SLU1203; without it, all codes are listed')
    .description('explain what an error code means and what to do')
    .action((code: string | undefined, _options: unknown, command: Command) => {
      const codes = code === undefined ? allCodes : [knownCode(code)];
      if (globalsOf(command).json) {
        io.stdout.write(`${jsonText(codes.map(entryOf), 2)}\n`);
        return;
      }
      const text = code === undefined ? codes.map(titleLine) : codes.map(explanation);
      io.stdout.write(`${text.join('\n')}\n`);
    });
}

const allCodes = Object.keys(errorCatalogue) as ErrorCode[]; // the keys of the union's own object

function knownCode(given: string): ErrorCode {
  const code = allCodes.find((known) => known === given.toUpperCase());
  if (code !== undefined) return code;
  const nearest = nearestName(given, allCodes);
  throw new SluiceError('SLU1001', `there is no error code '${given}'`, {
    fix: nearest === undefined ? 'sluice explain lists all codes' : `did you mean ${nearest}?`,
  });
}

function entryOf(code: ErrorCode): object {
  const entry = errorCatalogue[code];
  return { code, ...entry, exitCode: exitCodes[entry.class] };
}

function titleLine(code: ErrorCode): string {
  return `${code}  ${errorCatalogue[code].title}`;
}

function explanation(code: ErrorCode): string {
  const { title, explanation, class: kind } = errorCatalogue[code];
  return `${code}: ${title}\n\n${wrap(explanation, 80)}\n\nA command that ends with it has exit code ${exitCodes[kind]} (${kind}).`;
}

function wrap(text: string, width: number): string {
  return text.replaceAll(new RegExp(`(.{1,${width}})(?: |$)`, 'g'), '$1\n').trimEnd();
}
