;; Answers at an odd address.
(func $hostile (param $event i32) (result i32)
  (i32.store8 (i32.const 2049) (i32.const 0))
  (i32.store (i32.const 2053) (i32.const 0))
  (i32.store (i32.const 2057) (i32.const 0))
  (i32.const 2049))
