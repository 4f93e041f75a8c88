import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildText } from './build-text.ts';

const ENTRY = 'sluice:event/handler@0.1.0#handle';

/** Grows a heap upwards from 64 KiB; what was allocated for a call is given back by its post-return function. */
const allocator = `
  (global $heap (mut i32) (i32.const 65536))
  (func $alloc (export "cabi_realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 15)) (i32.const -16)))
    (global.set $heap (i32.add (local.get $at) (local.get $size)))
    (block $fits
      (br_if $fits (i32.le_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536))))
      (br_if $fits (i32.ne (i32.const -1) (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16))))))
      unreachable)
    (local.get $at))
  (func (export "cabi_post_${ENTRY}") (param i32) (global.set $heap (i32.const 65536)))`;

/** Answers an event whose data begins with "w" (well) with no message; everything else is left to $hostile, which gets the event's record. */
const handler = `
  (func (export "${ENTRY}") (param $event i32) (result i32)
    (if (i32.eq (i32.load8_u (i32.load offset=68 (local.get $event))) (i32.const 119)) (then (return (call $nothing))))
    (call $hostile (local.get $event)))
  (func $nothing (result i32)
    (i32.store8 (i32.const 1024) (i32.const 0))
    (i32.store (i32.const 1028) (i32.const 0))
    (i32.store (i32.const 1032) (i32.const 0))
    (i32.const 1024))`;

/**
 * The WebAssembly text of a guest. Its file has the imports (a line each), a comment `;; memory: PAGES` where it starts with more than one
 * page, and `$hostile`; a file with a `cabi_realloc` of its own gets no allocator.
 */
function moduleOf(text: string): string {
  const pages = /^;; memory: (\d+)/m.exec(text)?.[1] ?? '1';
  const lines = text.split('\n');
  const imports = lines.filter((line) => line.startsWith('(import '));
  const rest = lines.filter((line) => !line.startsWith('(import '));
  const own = text.includes('"cabi_realloc"') ? '' : allocator;
  return ['(module', ...imports, `(memory (export "memory") ${pages})`, own, handler, ...rest, ')'].join('\n');
}

/** Builds the guest of that WebAssembly text as a component, unless that was done before, and returns its path. */
export function buildHostile(name: string, text: string): Promise<string> {
  return buildText(`hostile-${name}`, moduleOf(text));
}

/** The same of the file `guests/NAME.wat`. */
export function buildHostileFile(name: string): Promise<string> {
  return buildHostile(name, readFileSync(join(import.meta.dirname, 'guests', `${name}.wat`), 'utf8'));
}
