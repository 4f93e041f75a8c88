;; Opens a link that leads to another one, which leads back.
(import "wasi:filesystem/preopens@0.2.12" "get-directories" (func $folders (param i32)))
(import "wasi:filesystem/types@0.2.12" "[method]descriptor.open-at" (func $open (param i32 i32 i32 i32 i32 i32 i32)))
(data (i32.const 512) "here")
(func $hostile (param $event i32) (result i32)
  (call $folders (i32.const 2048))
  (call $open (i32.load (i32.load (i32.const 2048))) (i32.const 1) (i32.const 512) (i32.const 4)
    (i32.const 0) (i32.const 1) (i32.const 4096))
  ;; An error, and no other than that it goes in circles: its place in the interface's list.
  (if (i32.ne (i32.load8_u (i32.const 4096)) (i32.const 1)) (then unreachable))
  (if (i32.ne (i32.load8_u (i32.const 4100)) (i32.const 15)) (then unreachable))
  (call $nothing))
