;; Logs twenty-four lines of 20 MB.
;; memory: 1000
(import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))
(func $hostile (param $event i32) (result i32) (local $i i32)
  (memory.fill (i32.const 131072) (i32.const 97) (i32.const 20000000))
  (loop $next
    (call $log (i32.const 2) (i32.const 131072) (i32.const 4) (i32.const 131072) (i32.const 20000000))
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br_if $next (i32.lt_u (local.get $i) (i32.const 24))))
  (call $nothing))
