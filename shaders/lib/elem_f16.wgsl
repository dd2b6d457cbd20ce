// How tensors are stored: 16-bit floats. src/kernels/gpu/shader.rs puts this first, since `enable` must open the file.
enable f16;
alias Elem = f16;
