// How tensors are stored: 16-bit floats. Put first by src/kernels/gpu/shader.rs, since `enable` must open the file.
enable f16;
alias Elem = f16;
