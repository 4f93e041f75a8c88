;; Waits for fifty thousand handles at once; they are all the same.
;; memory: 10
(import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $after (param i64) (result i32)))
(import "wasi:io/poll@0.2.12" "poll" (func $poll (param i32 i32 i32)))
(func $hostile (param $event i32) (result i32) (local $at i32) (local $handle i32)
  (local.set $handle (call $after (i64.const 1)))
  (local.set $at (i32.const 131072))
  (loop $more
    (i32.store (local.get $at) (local.get $handle))
    (local.set $at (i32.add (local.get $at) (i32.const 4)))
    (br_if $more (i32.lt_u (local.get $at) (i32.const 331072))))
  (call $poll (i32.const 131072) (i32.const 50000) (i32.const 2048))
  (call $nothing))
