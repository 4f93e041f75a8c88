;; memory: 200
(func $hostile (param $event i32) (result i32)
  (loop $again (memory.fill (i32.const 0) (i32.const 1) (i32.const 13000000)) (br $again))
  unreachable)
