;; Keeps WebAssembly's own arrays, which live outside of its memory.
(type $array (array (mut i64)))
(type $link (struct (field (ref null $array)) (field (ref null $link))))
(global $kept (mut (ref null $link)) (ref.null $link))
(func $hostile (param $event i32) (result i32)
  (loop $more
    (global.set $kept (struct.new $link (array.new $array (i64.const 7) (i32.const 100000)) (global.get $kept)))
    (br $more))
  unreachable)
