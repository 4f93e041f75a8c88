;; Begins with a table of ten million references.
(table 10000000 externref)
(func $hostile (param $event i32) (result i32) (call $nothing))
