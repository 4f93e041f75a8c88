;; Begins with more memory than it may have.
;; memory: 1100
(func $hostile (param $event i32) (result i32) (call $nothing))
