;; Answers with ten thousand messages, which all point to the same million empty headers.
;; memory: 400
(func $hostile (param $event i32) (result i32) (local $i i32) (local $at i32)
  (local.set $at (i32.const 17000000))
  (loop $next
    (i32.store offset=32 (local.get $at) (i32.const 131072))
    (i32.store offset=36 (local.get $at) (i32.const 1000000))
    (local.set $at (i32.add (local.get $at) (i32.const 48)))
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br_if $next (i32.lt_u (local.get $i) (i32.const 10000))))
  (i32.store8 (i32.const 1024) (i32.const 0))
  (i32.store (i32.const 1028) (i32.const 17000000))
  (i32.store (i32.const 1032) (i32.const 10000))
  (i32.const 1024))
