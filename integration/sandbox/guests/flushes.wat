;; Writes and flushes 60 MB of newlines at once.
;; memory: 1000
(import "wasi:cli/stdout@0.2.12" "get-stdout" (func $stdout (result i32)))
(import "wasi:io/streams@0.2.12" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))
(func $hostile (param $event i32) (result i32)
  (memory.fill (i32.const 131072) (i32.const 10) (i32.const 60000000))
  (call $write (call $stdout) (i32.const 131072) (i32.const 60000000) (i32.const 2048))
  (call $nothing))
