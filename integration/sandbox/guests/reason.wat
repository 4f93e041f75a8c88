;; Rejects its event for a reason of 50 MB.
;; memory: 1000
(func $hostile (param $event i32) (result i32)
  (memory.fill (i32.const 131072) (i32.const 97) (i32.const 50000000))
  (i32.store8 (i32.const 1024) (i32.const 1))
  (i32.store8 (i32.const 1028) (i32.const 1))
  (i32.store (i32.const 1032) (i32.const 131072))
  (i32.store (i32.const 1036) (i32.const 50000000))
  (i32.const 1024))
