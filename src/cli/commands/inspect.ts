import type { Command } from 'commander';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { grantFor, providesGranted as provides } from '../../capability/capabilities.ts';
import { lacksOf } from '../../capability/messaging/messaging.ts';
import { inspectComponent, type InspectedImport, type Inspection } from '../../component/inspect-component.ts';
import { contracts } from '../../contract/contracts.ts';
import { exitCodes } from '../../error-catalogue.ts';
import { formatSize } from '../../trigger/size.ts';
import { jsonText, printable } from '../../printable.ts';
import type { Io } from '../io.ts';
import { globalsOf } from '../program.ts';

export function registerInspect(program: Command, io: Io): void {
  program
    .command('inspect')
    .argument('<file>', 'a .wasm file')
    .description('print what a component exports, imports and needs, without running it')
    .action(async (file: string, _options: unknown, command: Command) => {
      await using cache = await mkdtempDisposable(join(tmpdir(), 'sluice-inspect-'));
      const source = resolve(io.cwd, file);
      const options = { source, contracts, provides, grantFor, cacheDir: cache.path };
      const inspection = await inspectComponent(options, new AbortController().signal);
      const text = globalsOf(command).json ? jsonText(inspection, 2) : describe(file, inspection);
      io.stdout.write(`${text}\n`);
      if (inspection.contract === undefined) io.exitCode = exitCodes.component;
    });
}

function describe(file: string, inspection: Inspection): string {
  const { digest, bytes, producers, contract, tickContract, contracts: met, suspends, callPath } = inspection;
  const { fresh, memories, exports, imports, lacks, core } = inspection;
  const grants = [...new Set(imports.flatMap(({ grant }) => grant ?? []))];
  return [
    file,
    `  size      ${bytes} bytes, sha256 ${digest}`,
    `  made by   ${producers.join(', ') || 'unknown'}`,
    ...(core === undefined
      ? []
      : [
          `  core      ${core === 'command' ? 'a program' : 'a library'} for WASI preview 1, which Sluice made a component`,
        ]),
    `  contract  ${contract ?? 'none that Sluice knows: it cannot be run'}${alsoMeets(contract, met)}`,
    ...(lacks === undefined ? [] : [`            it cannot hand over: ${lacks}`]),
    ...(tickContract === undefined ? [] : [`            ${tickContract} for a schedule`]),
    `  calls     ${suspends ? 'may wait for an import; meanwhile their thread runs others' : 'never wait for an import'}`,
    `  path      ${pathText(callPath)}`,
    `  fresh     ${freshText(fresh)}`,
    `  memory    ${memories.map(({ minBytes, maxBytes }) => memoryText(minBytes, maxBytes)).join('; ') || 'none'}`,
    `  grants    ${grants.join(', ') || 'none needed'}`,
    ...(grants.includes('allow.publish')
      ? [
          '            what it publishes while it runs stays when its call fails, and may come again with the next attempt',
        ]
      : []),
    '  exports',
    ...exports.flatMap(({ name, functions }) => [`    ${name}`, ...signatureLines(functions)]),
    '  imports',
    ...imports.flatMap((each) => [`    ${each.name}${importNote(each)}`, ...signatureLines(each.functions ?? {})]),
  ]
    .map(printable)
    .join('\n');
}

function signatureLines(functions: Readonly<Record<string, string>>): string[] {
  return Object.entries(functions).map(([name, type]) => `      ${name}: ${type}`);
}

function pathText(callPath: Inspection['callPath']): string {
  if (callPath === undefined) return 'none';
  return callPath === 'direct' ? 'events are handed over directly' : 'events are handed over through generated code';
}

function freshText(fresh: Inspection['fresh']): string {
  if (fresh.way === 'new') return `a new instance for each event: ${fresh.reason}`;
  return 'an instance is reset between events, unless it called an import or grew its memory';
}

function alsoMeets(contract: string | undefined, met: readonly string[]): string {
  const others = met.filter((name) => name !== contract);
  return others.length === 0 ? '' : ` (also ${others.join(', ')})`;
}

function memoryText(minBytes: number, maxBytes: number | undefined): string {
  const most = maxBytes === undefined ? 'limits.memory' : `${formatSize(maxBytes)} or limits.memory`;
  return `starts with ${formatSize(minBytes)}, may grow to ${most}`;
}

function importNote({ name, known, grant }: InspectedImport): string {
  if (!known) return '  (not provided: it fails when it is called)';
  if (grant === undefined) return '';
  const lacks = lacksOf(name);
  return lacks === undefined ? `  (${grant})` : `  (${grant}; ${lacks})`;
}
