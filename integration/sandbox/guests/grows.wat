;; Takes all the memory that it can get, uses it, and then fails for want of more.
(func $hostile (param $event i32) (result i32) (local $page i32)
  (loop $more
    (local.set $page (memory.grow (i32.const 1)))
    (if (i32.eq (local.get $page) (i32.const -1)) (then unreachable))
    (memory.fill (i32.mul (local.get $page) (i32.const 65536)) (i32.const 1) (i32.const 65536))
    (br $more))
  unreachable)
