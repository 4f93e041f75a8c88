;; Answers with 160,000 messages; each is empty.
;; memory: 200
(data (i32.const 512) "out")
(func $hostile (param $event i32) (result i32) (local $i i32) (local $at i32)
  (local.set $at (i32.const 131072))
  (loop $next
    (i32.store (local.get $at) (i32.const 512))
    (i32.store offset=4 (local.get $at) (i32.const 3))
    (local.set $at (i32.add (local.get $at) (i32.const 48)))
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br_if $next (i32.lt_u (local.get $i) (i32.const 160000))))
  (i32.store8 (i32.const 1024) (i32.const 0))
  (i32.store (i32.const 1028) (i32.const 131072))
  (i32.store (i32.const 1032) (i32.const 160000))
  (i32.const 1024))
