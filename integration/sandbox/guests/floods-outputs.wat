;; Publishes tiny messages until one is refused; it traps after ten thousand.
;; memory: 2
(import "wasmcloud:messaging/consumer@0.2.0" "publish" (func $publish (param i32 i32 i32 i32 i32 i32 i32 i32)))
(data (i32.const 70000) "orders.new")
(func $hostile (param $event i32) (result i32) (local $i i32)
  (block $refused
    (loop $next
      (call $publish
        (i32.const 70000) (i32.const 10) (i32.const 70000) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 72000))
      (br_if $refused (i32.load8_u (i32.const 72000)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 10000))))
    (unreachable))
  (call $nothing))
