;; Logs a line that is not UTF-8.
(import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))
(func $hostile (param $event i32) (result i32)
  (i32.store16 (i32.const 2048) (i32.const 0xffff))
  (call $log (i32.const 2) (i32.const 2048) (i32.const 0) (i32.const 2048) (i32.const 2))
  (call $nothing))
