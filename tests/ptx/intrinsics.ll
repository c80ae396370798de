; One use of each LLVM intrinsic whose PTX kernels/include/ptx.cuh writes by hand. llc turns this file into text whose
; instructions opcodes.py holds the hand-written ones against: no assembler for PTX is at hand without a CUDA toolkit.
target triple = "nvptx64-nvidia-cuda"

%four_words = type { i32, i32, i32, i32 }
%four_floats = type { float, float, float, float }

declare float @llvm.nvvm.ex2.approx.ftz.f(float)
declare float @llvm.nvvm.lg2.approx.ftz.f(float)
declare float @llvm.nvvm.rsqrt.approx.ftz.f(float)
declare float @llvm.nvvm.rcp.approx.ftz.f(float)
declare float @llvm.maxnum.f32(float, float)
declare <2 x bfloat> @llvm.nvvm.ff2bf16x2.rn(float, float)
declare %four_words @llvm.nvvm.ldmatrix.sync.aligned.m8n8.x4.b16.p3(ptr addrspace(3))
declare %four_words @llvm.nvvm.ldmatrix.sync.aligned.m8n8.x4.trans.b16.p3(ptr addrspace(3))
declare %four_floats @llvm.nvvm.mma.m16n8k16.row.col.bf16(
  i32, i32, i32, i32, i32, i32, float, float, float, float)
declare void @llvm.nvvm.cp.async.cg.shared.global.16.s(ptr addrspace(3), ptr addrspace(1), i32)
declare void @llvm.nvvm.cp.async.commit.group()
declare void @llvm.nvvm.cp.async.wait.group(i32)
declare void @llvm.nvvm.cp.async.wait.all()
declare i32 @llvm.nvvm.redux.sync.add(i32, i32)
declare i32 @llvm.nvvm.redux.sync.umax(i32, i32)

define float @exp2_approx(float %x) {
  %y = call float @llvm.nvvm.ex2.approx.ftz.f(float %x)
  ret float %y
}

define float @log2_approx(float %x) {
  %y = call float @llvm.nvvm.lg2.approx.ftz.f(float %x)
  ret float %y
}

define float @rsqrt_approx(float %x) {
  %y = call float @llvm.nvvm.rsqrt.approx.ftz.f(float %x)
  ret float %y
}

define float @rcp_approx(float %x) {
  %y = call float @llvm.nvvm.rcp.approx.ftz.f(float %x)
  ret float %y
}

define float @max_float(float %a, float %b) {
  %y = call float @llvm.maxnum.f32(float %a, float %b)
  ret float %y
}

define <2 x bfloat> @pack_bf16x2(float %high, float %low) {
  %y = call <2 x bfloat> @llvm.nvvm.ff2bf16x2.rn(float %high, float %low)
  ret <2 x bfloat> %y
}

define i32 @shared_address(ptr %pointer) {
  %shared = addrspacecast ptr %pointer to ptr addrspace(3)
  %address = ptrtoint ptr addrspace(3) %shared to i32
  ret i32 %address
}

define i32 @ldmatrix_x4(ptr addrspace(3) %row) {
  %tiles = call %four_words @llvm.nvvm.ldmatrix.sync.aligned.m8n8.x4.b16.p3(ptr addrspace(3) %row)
  %word = extractvalue %four_words %tiles, 0
  ret i32 %word
}

define i32 @ldmatrix_x4_trans(ptr addrspace(3) %row) {
  %tiles = call %four_words @llvm.nvvm.ldmatrix.sync.aligned.m8n8.x4.trans.b16.p3(ptr addrspace(3) %row)
  %word = extractvalue %four_words %tiles, 0
  ret i32 %word
}

define float @mma_m16n8k16(i32 %a, i32 %b, float %c) {
  %d = call %four_floats @llvm.nvvm.mma.m16n8k16.row.col.bf16(
    i32 %a, i32 %a, i32 %a, i32 %a, i32 %b, i32 %b, float %c, float %c, float %c, float %c)
  %value = extractvalue %four_floats %d, 0
  ret float %value
}

define void @cp_async(ptr addrspace(3) %target, ptr addrspace(1) %source, i32 %bytes) {
  call void @llvm.nvvm.cp.async.cg.shared.global.16.s(ptr addrspace(3) %target, ptr addrspace(1) %source, i32 %bytes)
  call void @llvm.nvvm.cp.async.commit.group()
  call void @llvm.nvvm.cp.async.wait.group(i32 1)
  call void @llvm.nvvm.cp.async.wait.all()
  ret void
}

define i32 @redux(i32 %value, i32 %mask) {
  %sum = call i32 @llvm.nvvm.redux.sync.add(i32 %value, i32 %mask)
  %most = call i32 @llvm.nvvm.redux.sync.umax(i32 %sum, i32 %mask)
  ret i32 %most
}

define i32 @load_whole(ptr addrspace(1) %source) {
  %words = load <4 x i32>, ptr addrspace(1) %source, align 16
  %word = extractelement <4 x i32> %words, i32 0
  %last = extractelement <4 x i32> %words, i32 3
  %sum = add i32 %word, %last
  ret i32 %sum
}
