// How tensors are stored: 32-bit floats. src/kernels/gpu/shader.rs puts this first.
alias Elem = f32;
