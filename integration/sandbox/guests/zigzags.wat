;; Opens a path that goes down and up a thousand times, in a folder with 60 in one another: each way up begins anew.
(import "wasi:filesystem/preopens@0.2.12" "get-directories" (func $folders (param i32)))
(import "wasi:filesystem/types@0.2.12" "[method]descriptor.open-at" (func $open (param i32 i32 i32 i32 i32 i32 i32)))
(data (i32.const 512) "../d/")
(func $hostile (param $event i32) (result i32) (local $at i32)
  (call $folders (i32.const 2048))
  (local.set $at (i32.const 8192))
  (loop $down
    (i32.store16 (local.get $at) (i32.const 0x2f64))
    (local.set $at (i32.add (local.get $at) (i32.const 2)))
    (br_if $down (i32.lt_u (local.get $at) (i32.const 8312))))
  (loop $more
    (memory.copy (local.get $at) (i32.const 512) (i32.const 5))
    (local.set $at (i32.add (local.get $at) (i32.const 5)))
    (br_if $more (i32.lt_u (local.get $at) (i32.const 12000))))
  (call $open (i32.load (i32.load (i32.const 2048))) (i32.const 0) (i32.const 8192)
    (i32.sub (local.get $at) (i32.const 8192)) (i32.const 0) (i32.const 1) (i32.const 4096))
  ;; An error, and no other than that the name is too long.
  (if (i32.ne (i32.load8_u (i32.const 4096)) (i32.const 1)) (then unreachable))
  (if (i32.ne (i32.load8_u (i32.const 4100)) (i32.const 18)) (then unreachable))
  (call $nothing))
