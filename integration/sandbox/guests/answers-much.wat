;; Answers with one message of 8,000,000 bytes to "out".
;; memory: 200
(func $hostile (param $event i32) (result i32)
  (i32.store (i32.const 2048) (i32.const 0x74756f))
  (i32.store (i32.const 4096) (i32.const 2048))
  (i32.store (i32.const 4100) (i32.const 3))
  (i32.store (i32.const 4136) (i32.const 131072))
  (i32.store (i32.const 4140) (i32.const 8000000))
  (i32.store8 (i32.const 1024) (i32.const 0))
  (i32.store (i32.const 1028) (i32.const 4096))
  (i32.store (i32.const 1032) (i32.const 1))
  (i32.const 1024))
