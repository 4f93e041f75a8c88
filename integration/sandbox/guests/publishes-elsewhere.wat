;; May publish under any topic, and publishes a command to the server of NATS; it traps if that is published.
;; memory: 2
(import "wasmcloud:messaging/consumer@0.2.0" "publish" (func $publish (param i32 i32 i32 i32 i32 i32 i32 i32)))
(data (i32.const 70000) "$JS.API.STREAM.DELETE.orders")
(func $hostile (param $event i32) (result i32)
  (call $publish
    (i32.const 70000) (i32.const 28) (i32.const 70000) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 72000))
  (if (i32.eqz (i32.load8_u (i32.const 72000))) (then (unreachable)))
  (call $nothing))
