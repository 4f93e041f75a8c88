;; Deletes a hundred thousand keys at once.
;; memory: 30
(import "wasi:keyvalue/store@0.2.0-draft" "open" (func $open (param i32 i32 i32)))
(import "wasi:keyvalue/batch@0.2.0-draft" "delete-many" (func $delete (param i32 i32 i32 i32)))
(func $hostile (param $event i32) (result i32) (local $at i32)
  (call $open (i32.const 0) (i32.const 0) (i32.const 2048))
  (i32.store8 (i32.const 1536) (i32.const 97))
  (local.set $at (i32.const 131072))
  (loop $next
    (i32.store (local.get $at) (i32.const 1536))
    (i32.store offset=4 (local.get $at) (i32.const 1))
    (local.set $at (i32.add (local.get $at) (i32.const 8)))
    (br_if $next (i32.lt_u (local.get $at) (i32.const 931072))))
  (call $delete (i32.load (i32.const 2052)) (i32.const 131072) (i32.const 100000) (i32.const 4096))
  ;; An error, in so many words.
  (if (i32.ne (i32.load8_u (i32.const 4096)) (i32.const 1)) (then unreachable))
  (call $nothing))
