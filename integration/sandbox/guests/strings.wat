;; Answers with a thousand messages for one output, whose name has 50 MB: all of them point to the same text.
;; memory: 1000
(func $hostile (param $event i32) (result i32) (local $i i32) (local $at i32)
  (memory.fill (i32.const 131072) (i32.const 97) (i32.const 52428800))
  (local.set $at (i32.const 52559936))
  (loop $next
    (i32.store (local.get $at) (i32.const 131072))
    (i32.store offset=4 (local.get $at) (i32.const 52428800))
    (local.set $at (i32.add (local.get $at) (i32.const 48)))
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br_if $next (i32.lt_u (local.get $i) (i32.const 1000))))
  (i32.store8 (i32.const 1024) (i32.const 0))
  (i32.store (i32.const 1028) (i32.const 52559936))
  (i32.store (i32.const 1032) (i32.const 1000))
  (i32.const 1024))
