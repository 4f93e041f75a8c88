// QuickJS has no TextEncoder and TextDecoder; import this file first.
import { TextDecoder, TextEncoder } from '@kayahr/text-encoding/no-encodings';

Object.assign(globalThis, { TextDecoder, TextEncoder });
