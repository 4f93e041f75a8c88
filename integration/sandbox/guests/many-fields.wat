;; Gives a request two thousand headers; each is one letter.
(import "wasi:http/types@0.2.12" "[static]fields.from-list" (func $fields (param i32 i32 i32)))
(func $hostile (param $event i32) (result i32) (local $at i32)
  (i32.store8 (i32.const 2048) (i32.const 97))
  (local.set $at (i32.const 4096))
  (loop $next
    (i32.store (local.get $at) (i32.const 2048))
    (i32.store offset=4 (local.get $at) (i32.const 1))
    (i32.store offset=8 (local.get $at) (i32.const 2048))
    (local.set $at (i32.add (local.get $at) (i32.const 16)))
    (br_if $next (i32.lt_u (local.get $at) (i32.const 36096))))
  (call $fields (i32.const 4096) (i32.const 2000) (i32.const 1024))
  (call $nothing))
