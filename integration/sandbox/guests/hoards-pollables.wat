;; Asks for a million moments to wait for, 584 years from now, and drops none.
(import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $after (param i64) (result i32)))
(func $hostile (param $event i32) (result i32) (local $left i32)
  (local.set $left (i32.const 1000000))
  (loop $more
    (drop (call $after (i64.const -1)))
    (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
  (call $nothing))
