;; Writes what its event says to the log, and rejects it for a reason of 1 MiB that says it again and again.
;; memory: 24
(import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))
(func $hostile (param $event i32) (result i32) (local $text i32) (local $length i32) (local $at i32)
  (local.set $text (i32.add (i32.load offset=68 (local.get $event)) (i32.const 1)))
  (local.set $length (i32.sub (i32.load offset=72 (local.get $event)) (i32.const 1)))
  (local.set $at (i32.const 262144))
  (loop $more
    (memory.copy (local.get $at) (local.get $text) (local.get $length))
    (local.set $at (i32.add (local.get $at) (local.get $length)))
    (br_if $more (i32.lt_u (local.get $at) (i32.const 1310720))))
  (call $log (i32.const 2) (local.get $text) (local.get $length) (local.get $text) (local.get $length))
  (call $log (i32.const 2) (i32.const 262144) (i32.const 1048576) (i32.const 262144) (i32.const 1048576))
  (i32.store8 (i32.const 1024) (i32.const 1))
  (i32.store8 (i32.const 1028) (i32.const 1))
  (i32.store (i32.const 1032) (i32.const 262144))
  (i32.store (i32.const 1036) (i32.const 1048576))
  (i32.const 1024))
