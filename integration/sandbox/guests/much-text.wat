;; Logs nine hundred lines of 8,000 letters.
(import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))
(func $hostile (param $event i32) (result i32) (local $left i32)
  (memory.fill (i32.const 2048) (i32.const 97) (i32.const 8000))
  (local.set $left (i32.const 900))
  (loop $more
    (call $log (i32.const 2) (i32.const 2048) (i32.const 1) (i32.const 2048) (i32.const 8000))
    (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
  (call $nothing))
