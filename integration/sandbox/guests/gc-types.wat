;; Declares a type of the engine's own objects.
(type $object (struct (field i32)))
(func $hostile (param $event i32) (result i32) (call $nothing))
