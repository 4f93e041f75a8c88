;; Logs in its start function, before its imports are there.
(import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))
(data (i32.const 512) "x")
(start $begin)
(func $begin (local $left i32)
  (local.set $left (i32.const 10000))
  (loop $more
    (call $log (i32.const 2) (i32.const 512) (i32.const 1) (i32.const 512) (i32.const 1))
    (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))
(func $hostile (param $event i32) (result i32) unreachable)
