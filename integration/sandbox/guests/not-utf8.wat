;; Rejects its event for a reason that is not UTF-8.
(func $hostile (param $event i32) (result i32)
  (i32.store16 (i32.const 2048) (i32.const 0xffff))
  (i32.store8 (i32.const 1024) (i32.const 1))
  (i32.store8 (i32.const 1028) (i32.const 1))
  (i32.store (i32.const 1032) (i32.const 2048))
  (i32.store (i32.const 1036) (i32.const 2))
  (i32.const 1024))
