;; Has a memory that threads could share.
(memory $shared 1 1 shared)
(func $hostile (param $event i32) (result i32) (call $nothing))
