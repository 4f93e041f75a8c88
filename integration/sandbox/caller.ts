import { buildHostile } from './build-hostile.ts';
import { WASI, world } from './build-text.ts';

/** Most arguments that a function of the world takes, as core values. */
const ARGUMENTS = 15;
/** One call in the data of an event: the function's number, then each argument in 8 bytes. */
export const CALL_BYTES = 1 + 8 * ARGUMENTS;

/** A guest that imports everything there is, and calls what its event says. */
export interface Caller {
  readonly component: string;
  /** By their numbers. */
  readonly functions: readonly string[];
}

export async function buildCaller(): Promise<Caller> {
  const { componentEmbed, print } = await import('@bytecodealliance/jco-transpile/wasm-tools');
  // The toolchain knows the core types of all functions: those of a module that stands for any of that world.
  const dummy = await print(await componentEmbed({ dummy: true, witSource: world(), world: 'sluice:sandbox/guest' }));
  const types = Array.from(
    dummy.matchAll(/^ *\(type \(;\d+;\) \(func(?: \(param ([^)]*)\))?(?: \(result ([^)]*)\))?\)\)$/gm),
    (type) => ({
      params: type[1]?.split(' ') ?? [],
      result: type[2],
    }),
  );
  const imports = Array.from(
    dummy.matchAll(/^ *\(import "cm32p2\|([^"]+)" "([^"]+)" \(func \(;\d+;\) \(type (\d+)\)\)\)$/gm),
    ([, from = '', name = '', type]) => ({
      from: from.replace(/@0\.2$/, `@${WASI}`).replace(/@2$/, '@2.0.0'),
      name: name.replace(/^(.*)_drop$/, '[resource-drop]$1'),
      ...types[Number(type)]!,
    }),
  );
  const declared = imports.map(({ from, name, params, result }, n) => {
    const type = `${params.length > 0 ? `(param ${params.join(' ')})` : ''}${result === undefined ? '' : `(result ${result})`}`;
    return `(import "${from}" "${name}" (func $f${n} ${type}))`;
  });
  const calls = imports.map(({ params, result }, n) => {
    const args = params.map((type, at) => `(${type}.load offset=${1 + 8 * at} (local.get $at))`).join(' ');
    const call = `(call $f${n} ${args})`;
    return `(if (i32.eq (local.get $function) (i32.const ${n})) (then ${result === undefined ? call : `(drop ${call})`}))`;
  });
  const text = `;; memory: 64
${declared.join('\n')}
(func $hostile (param $event i32) (result i32) (local $at i32) (local $end i32) (local $function i32)
  (local.set $at (i32.add (i32.load offset=68 (local.get $event)) (i32.const 1)))
  (local.set $end (i32.add (local.get $at) (i32.sub (i32.load offset=72 (local.get $event)) (i32.const 1))))
  (block $done (loop $next
    (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
    (local.set $function (i32.load8_u (local.get $at)))
    ${calls.join('\n    ')}
    (local.set $at (i32.add (local.get $at) (i32.const ${CALL_BYTES})))
    (br $next)))
  (call $nothing))`;
  return {
    component: await buildHostile('caller', text),
    functions: imports.map(({ from, name }) => `${from} ${name}`),
  };
}
