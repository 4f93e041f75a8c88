;; Takes all the memory that it can get, little by little, uses it, and then answers with nothing.
(func $hostile (param $event i32) (result i32) (local $page i32) (local $i i32)
  (block $enough
    (loop $more
      (local.set $page (memory.grow (i32.const 1)))
      (br_if $enough (i32.eq (local.get $page) (i32.const -1)))
      (memory.fill (i32.mul (local.get $page) (i32.const 65536)) (i32.const 1) (i32.const 65536))
      (local.set $i (i32.const 100000))
      (loop $slowly
        (local.set $i (i32.sub (local.get $i) (i32.const 1)))
        (br_if $slowly (local.get $i)))
      (br $more)))
  (i32.store8 (i32.const 1024) (i32.const 0))
  (i32.store (i32.const 1028) (i32.const 0))
  (i32.store (i32.const 1032) (i32.const 0))
  (i32.const 1024))
