;; Grows a table as far as it goes, and then fails for want of more.
(table $table 1 funcref)
(elem declare func $hostile)
(func $hostile (param $event i32) (result i32)
  (loop $more
    (br_if $more (i32.ne (i32.const -1) (table.grow $table (ref.func $hostile) (i32.const 10000)))))
  unreachable)
