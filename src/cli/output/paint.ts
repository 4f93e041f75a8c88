import { styleText } from 'node:util';
import type { Io, TextSink } from '../io.ts';

type Style = Parameters<typeof styleText>[0];

/** Colours a text, or leaves it as it is. Colour alone never carries a meaning. */
export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_style, text) => text;

const inColour: Paint = (style, text) => styleText(style, text, { validateStream: false });

/** Colour is for terminals; `NO_COLOR` (https://no-color.org), `CI` and `--no-color` say no. */
export function paintFor(sink: TextSink, env: Io['env'], wanted: boolean): Paint {
  return sink.isTerminal && wanted && !env['NO_COLOR'] && !env['CI'] ? inColour : plain;
}
