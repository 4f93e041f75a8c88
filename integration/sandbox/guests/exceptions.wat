;; Has an exception, which would live in the engine's own memory: the transpiler doesn't take them.
(tag $first (param i32))
(func $hostile (param $event i32) (result i32) (call $nothing))
