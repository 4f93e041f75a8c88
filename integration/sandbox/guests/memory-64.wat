;; Has a memory with addresses of 64 bits.
(memory $far i64 1)
(func $hostile (param $event i32) (result i32) (call $nothing))
