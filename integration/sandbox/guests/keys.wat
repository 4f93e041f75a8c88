;; Asks for a thousand keys of 50 MB: all of them point to the same text.
;; memory: 1000
(import "wasi:keyvalue/store@0.2.0-draft" "open" (func $open (param i32 i32 i32)))
(import "wasi:keyvalue/batch@0.2.0-draft" "get-many" (func $get (param i32 i32 i32 i32)))
(func $hostile (param $event i32) (result i32) (local $at i32)
  (call $open (i32.const 0) (i32.const 0) (i32.const 2048))
  (memory.fill (i32.const 131072) (i32.const 97) (i32.const 52428800))
  (local.set $at (i32.const 52559936))
  (loop $next
    (i32.store (local.get $at) (i32.const 131072))
    (i32.store offset=4 (local.get $at) (i32.const 52428800))
    (local.set $at (i32.add (local.get $at) (i32.const 8)))
    (br_if $next (i32.lt_u (local.get $at) (i32.const 52567936))))
  (call $get (i32.load (i32.const 2052)) (i32.const 52559936) (i32.const 1000) (i32.const 4096))
  (call $nothing))
