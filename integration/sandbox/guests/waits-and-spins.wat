;; Waits for 50 ms, and never returns then.
(import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $after (param i64) (result i32)))
(import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))
(func $hostile (param $event i32) (result i32)
  (call $block (call $after (i64.const 50000000)))
  (loop $on (br $on))
  unreachable)
