;; Prints 200 MB without a line end.
;; memory: 4
(import "wasi:cli/stdout@0.2.12" "get-stdout" (func $stdout (result i32)))
(import "wasi:io/streams@0.2.12" "[method]output-stream.write" (func $write (param i32 i32 i32 i32)))
(func $hostile (param $event i32) (result i32) (local $left i32) (local $out i32)
  (memory.fill (i32.const 131072) (i32.const 97) (i32.const 65536))
  (local.set $out (call $stdout))
  (local.set $left (i32.const 3000))
  (loop $more
    (call $write (local.get $out) (i32.const 131072) (i32.const 65536) (i32.const 2048))
    (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
  (call $nothing))
